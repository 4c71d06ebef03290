import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { type ReactNode, useId } from 'react'
import { FormFailure } from '../auth/form-failure.tsx'
import { t } from '../texts/t.ts'

export interface ConfirmProps {
  title: string
  /** What follows from it, in words that whoever decides understands. */
  text: string
  /** What the button says that does it: the same verb as the title. */
  action: string
  /** Default: it takes something away, and looks like it. */
  isHarmless?: boolean
  isBusy: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
  children?: ReactNode
}

/** Asks before something is done that cannot be undone, and names what follows. */
export function Confirm(props: ConfirmProps) {
  const { title, text, action, isHarmless = false, isBusy, error, onConfirm, onClose, children } = props
  const id = useId()
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby={id} aria-describedby={`${id}-text`}>
      <DialogTitle id={id}>{title}</DialogTitle>
      <DialogContent>
        <p id={`${id}-text`}>{text}</p>
        {children}
        <FormFailure text={error?.message} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('filter.cancel')}</Button>
        <Button variant="contained" color={isHarmless ? 'primary' : 'error'} disabled={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
