// Loaded into every process of the program under test. Its clock jumps when the harness says so, and it ends with the
// harness.
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
// The connection to the harness does not keep the program running.
process.channel?.unref();
