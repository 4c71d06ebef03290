import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'

/** A part of the account page. */
export function Section({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <Paper className="panel" component="section" aria-label={title}>
      <Typography variant="h2">{title}</Typography>
      <p className="quiet">{lead}</p>
      {children}
    </Paper>
  )
}
