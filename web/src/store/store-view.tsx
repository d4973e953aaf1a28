export function StoreView({ storeId, query }: { storeId: string; query: URLSearchParams }) {
  return (
    <h1>
      Store {storeId} {query.size || ''}
    </h1>
  );
}
