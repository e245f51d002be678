/** The standalone report page. */
export { type ReportedRun, reportPage } from './page.js';
