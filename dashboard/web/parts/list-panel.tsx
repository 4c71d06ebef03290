import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useKeptFocus } from './use-kept-focus.ts'

interface ListPanelProps {
  title: string
  /** What the rows are made of: another object once they have changed. */
  rows: unknown
  /** Beside the title. */
  action?: ReactNode
  children: ReactNode
}

/** A panel around a list whose rows can go. With the last one the focus goes to the panel's heading. */
export function ListPanel({ title, rows, action, children }: ListPanelProps) {
  const { ref, onFocus } = useKeptFocus<HTMLHeadingElement>(rows)
  return (
    <Paper className="panel" component="section" onFocus={onFocus}>
      <div className="list-panel-head">
        <Typography variant="h2" ref={ref} tabIndex={-1}>
          {title}
        </Typography>
        {action}
      </div>
      {children}
    </Paper>
  )
}
