// Preloaded into the client (`node --import`): its clock is wrong by as many seconds as SHIFT_SECONDS says.
const shift = Number(process.env['SHIFT_SECONDS']) * 1000;
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [RealDate.now() + shift] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + shift;
  }
} as DateConstructor;
