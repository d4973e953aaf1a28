import { apiBase, fetchFromApi, problemOf } from '../api/client.js';

/** Has the browser save the file of a report, under the name that the server gives it. @throws ApiError */
export async function downloadReport(reportId: string): Promise<void> {
  const response = await fetchFromApi(`${apiBase}/v1/reports/${reportId}/content`);
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
  const [, name] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  const link = document.createElement('a');
  // A link alone could not send the key.
  link.href = URL.createObjectURL(await response.blob());
  link.download = name ?? `report-${reportId}`;
  link.click();
  URL.revokeObjectURL(link.href);
}
