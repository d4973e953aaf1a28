import { useState } from 'preact/hooks';
import { ReportForm } from './report-form.js';
import { ReportList } from './report-list.js';
import { Schedules } from './schedules.js';
import './reports.css';

/** Creates and downloads reports, and shows schedules. */
export function ReportsView() {
  const [changes, setChanges] = useState(0);
  const changed = (): void => setChanges((last) => last + 1);
  return (
    <>
      <h1>Reports</h1>
      <ReportForm onCreated={changed} />
      <ReportList changes={changes} onChanged={changed} />
      <Schedules onChanged={changed} />
    </>
  );
}
