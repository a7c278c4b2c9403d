import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Statistics, Store } from './store/store.ts';

/** What Prometheus is told. No label comes from outside. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'ssh_sync_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'ssh_sync_request_seconds',
    help: 'Time to answer, in seconds; waiting in rooms included',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 30],
    registers: [this.#registry],
  });

  readonly #store: Store;
  readonly #gauges: Readonly<Record<keyof Statistics, Gauge>>;

  constructor(store: Store) {
    this.#store = store;
    collectDefaultMetrics({ register: this.#registry });
    this.#gauges = {
      accounts: this.#gauge('ssh_sync_accounts', 'Accounts'),
      devices: this.#gauge('ssh_sync_devices', 'Devices that are admitted'),
      objects: this.#gauge('ssh_sync_objects', 'Objects stored'),
      objectBytes: this.#gauge('ssh_sync_object_bytes', 'Bytes of the objects stored'),
      rooms: this.#gauge('ssh_sync_rooms', 'Rooms open'),
    };
  }

  /** Shows what `read` gives. */
  watch(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }

  countRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, route, status });
    this.#seconds.observe({ method, route }, seconds);
  }

  /** The text format, version 0.0.4. */
  async print(): Promise<string> {
    const { accounts, devices, objects, objectBytes, rooms } = await this.#store.statistics();
    this.#gauges.accounts.set(accounts);
    this.#gauges.devices.set(devices);
    this.#gauges.objects.set(objects);
    this.#gauges.objectBytes.set(objectBytes);
    this.#gauges.rooms.set(rooms);
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.#registry] });
  }
}
