import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import type { SavedReport } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useKeptChanged, useKeptPath } from '../../app/use-kept.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { useForm } from '../../auth/use-form.ts'
import { tk } from '../../texts/kept.ts'

/** Asks before a report goes. */
export function DeleteDialog({ report, onClose }: { report: SavedReport; onClose: () => void }) {
  const { api } = useApp()
  const path = useKeptPath('reports')
  const changed = useKeptChanged()
  const { isBusy, failure, onSubmit } = useForm(async () => {
    await api.send('DELETE', `${path}/${report.id}`)
    // Closed first: the focus goes back to the row, and on from there when the row goes.
    onClose()
    await changed()
  })
  return (
    <Dialog open onClose={onClose} aria-labelledby="delete-title" maxWidth="xs" fullWidth>
      <form onSubmit={onSubmit}>
        <DialogTitle id="delete-title">{tk('reports.delete', { name: report.name })}</DialogTitle>
        <DialogContent>
          {tk('reports.deleteText')}
          <FormFailure text={failure?.message} />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{tk('reports.cancel')}</Button>
          <Button type="submit" variant="contained" color="error" disabled={isBusy}>
            {tk('reports.deleteButton')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
