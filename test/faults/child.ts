// Loaded into every process of the program under test: its clock jumps when the harness says so, and it does not outlive
// the harness.
const TrueDate = Date;
let shiftMs = 0;
const now = (): number => TrueDate.now() + shiftMs;

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [now()], newTarget) as Date,
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

process.on('message', (message: { shiftMs: number }) => (shiftMs = message.shiftMs));
process.once('disconnect', () => process.exit(1));
// the program ends when it has nothing left to do, with a harness that listens or without
process.channel?.unref();
