import { tk } from '../texts/kept.ts'
import { useReports } from './use-kept.ts'

/** Name of the saved report that the page was opened by. */
export function ReportName({ id }: { id: string }) {
  const report = useReports().data?.find((each) => each.id === id)
  return (
    <span role="status" className="report-name" title={report?.description}>
      {report && tk('save.opened', { name: report.name })}
    </span>
  )
}
