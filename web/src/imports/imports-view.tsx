export function ImportsView() {
  return <h1>Imports</h1>;
}
