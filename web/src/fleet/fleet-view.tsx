export function FleetView({ query }: { query: URLSearchParams }) {
  return <h1>Fleet {query.size || ''}</h1>;
}
