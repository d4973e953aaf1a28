export default async function globalTeardown(): Promise<void> {
  await globalThis.radosgw?.stop();
  await globalThis.testServer?.stop();
}
