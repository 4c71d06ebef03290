import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'

/** What stands alone in the middle of the page, before the dashboard. */
export function DoorCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="door">
      <Paper className="door-card">
        <div className="brand-row">
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width="34" height="34" />
        </div>
        <Typography variant="h1">{title}</Typography>
        {children}
      </Paper>
    </main>
  )
}
