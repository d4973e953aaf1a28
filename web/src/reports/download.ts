import { apiBase, fetchFromApi, problemOf } from '../api/client.js';
import { saveFile } from '../ui/save-file.js';

/** Downloads the file of a report under the name that the server gives. @throws ApiError */
export async function downloadReport(reportId: string): Promise<void> {
  const response = await fetchFromApi(`${apiBase}/v1/reports/${reportId}/content`);
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
  const [, name] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  saveFile(await response.blob(), name ?? `report-${reportId}`);
}
