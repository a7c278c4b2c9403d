import { join } from 'node:path';
import { FamiliarHosts, type OtherKnownHosts } from '@orrery/sshfiles';
import { MAX_FILE_BYTES } from '../limits.ts';
import type { Attempt } from './attempt.ts';
import type { Change } from './changes.ts';
import { isKeyFile } from './key-file.ts';
import { readLinks, readLocal, type Local } from './local-file.ts';
import type { Place } from './place.ts';
import { isNamed, joinReferences, kindOf, kindsOf, type References } from './references.ts';
import { readStored } from './scan.ts';
import { survey, type Survey } from './survey.ts';

/** Bytes that one sync looks through; what arrives beyond them is asked about as whole files. */
const MAX_REVIEWED_BYTES = 64 * 1024 * 1024;

/** All by which arrivals are judged: what stands here, and what will stand here if all of them come. */
export class Ground {
  readonly place: Place;
  /** known_hosts lines that earlier arrivals removed. */
  readonly former: Uint8Array;
  /** What files are named as now, and now or then. */
  readonly present: References;
  readonly references: References;
  readonly #attempt: Attempt;
  readonly #arriving: ReadonlyMap<string, Uint8Array | undefined>;
  readonly #names: readonly string[];
  readonly #before: Survey;
  readonly #after: Survey;
  readonly #knownBefore: ReadonlyMap<string, Uint8Array>;
  readonly #knownAfter: ReadonlyMap<string, Uint8Array>;
  #familiar: FamiliarHosts | undefined;
  #runs: boolean | undefined;
  #left = MAX_REVIEWED_BYTES;

  constructor(attempt: Attempt, changes: readonly Change[]) {
    const { place, scan, state } = attempt;
    this.#attempt = attempt;
    this.place = place;
    this.former = state.former;
    this.#arriving = new Map(
      changes.flatMap(({ name, toDisk }) => (toDisk === undefined ? [] : [[name, toDisk?.bytes] as const])),
    );
    // What a rule keeps out of syncs is read by ssh all the same.
    const here = [...scan.files.keys(), ...scan.kept.keys(), ...scan.blocked.keys()];
    this.#names = [...new Set([...here, ...this.#arriving.keys()])];
    const links = readLinks(place);
    this.#before = survey(here, (name) => this.#present(name), place, links);
    this.#after = survey(this.#names, (name) => this.contentAfter(name), place, links);
    this.present = joinReferences(attempt.references, this.#before.references);
    this.references = joinReferences(this.present, this.#after.references);
    this.#knownBefore = this.#knownHosts(this.present, (name) => this.#present(name));
    this.#knownAfter = this.#knownHosts(this.references, (name) => this.contentAfter(name));
  }

  /** Whether for some host ssh takes the key of an unknown one without a question. */
  get acceptsKeys(): boolean {
    return this.#before.acceptsKeys || this.#after.acceptsKeys;
  }

  /** The hosts that the configs and known_hosts files here speak of. */
  get familiar(): FamiliarHosts {
    const { configs, knownHosts } = this.#before;
    this.#familiar ??= new FamiliarHosts(configs, [...this.#knownBefore.values(), ...knownHosts]);
    return this.#familiar;
  }

  /** Whether a config runs a file of the folder: it may read any other. */
  get runsFiles(): boolean {
    this.#runs ??= [...this.#names, ...this.#attempt.scan.subfolders].some(
      (name) => isNamed(name, this.references.programs) && !this.isReadByLine(name) && !this.#isKey(name),
    );
    return this.#runs;
  }

  /** Whether a file is stored as what ssh reads line by line, and does not run. */
  isReadByLine(name: string): boolean {
    return ['config', 'known_hosts'].includes(kindOf(name, this.present));
  }

  /** What else is known beside a known_hosts file. */
  besides(name: string): OtherKnownHosts {
    const others = (files: ReadonlyMap<string, Uint8Array>, outside: readonly Uint8Array[]): Uint8Array[] => [
      ...[...files].filter(([other]) => other !== name).map(([, bytes]) => bytes),
      ...outside,
    ];
    return {
      before: others(this.#knownBefore, this.#before.knownHosts),
      after: others(this.#knownAfter, this.#after.knownHosts),
    };
  }

  /** What will be known beside a known_hosts file in any case: other arrivals may have to wait. */
  certainBesides(name: string): readonly Uint8Array[] {
    const files = [...this.#knownAfter].filter(([other]) => other !== name && !this.#arriving.has(other));
    return [...files.map(([, bytes]) => bytes), ...this.#after.knownHosts];
  }

  /** What a file will contain, if it comes. */
  contentAfter(name: string): Local {
    return this.#arriving.has(name) ? (this.#arriving.get(name) ?? 'missing') : this.#present(name);
  }

  /** Whether something comes in the place of a file. */
  arrives(name: string): boolean {
    return this.#arriving.has(name);
  }

  /** @throws {RangeError} if that is more than one sync looks through. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new RangeError('too much arrives at once');
  }

  #present(name: string): Local {
    const { scan, place } = this.#attempt;
    const file = scan.files.get(name);
    if (file !== undefined) return readStored(place, name, file.portable).content;
    const known = scan.kept.has(name) || scan.blocked.has(name);
    return known ? readLocal(join(place.folder, name), MAX_FILE_BYTES) : 'missing';
  }

  #isKey(name: string): boolean {
    const content = this.contentAfter(name);
    return content instanceof Uint8Array && isKeyFile(content);
  }

  #knownHosts(references: References, read: (name: string) => Local): ReadonlyMap<string, Uint8Array> {
    const names = this.#names.filter((name) => kindsOf(name, references).includes('known_hosts'));
    return new Map(
      names.flatMap((name) => {
        const content = read(name);
        return content instanceof Uint8Array ? [[name, content] as const] : [];
      }),
    );
  }
}
