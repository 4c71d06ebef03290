import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { t } from '../texts/help.ts'

const keys = [
  ['D', 'help.day'],
  ['W', 'help.week'],
  ['M', 'help.month'],
  ['Y', 'help.year'],
  ['← →', 'help.arrows'],
  ['X', 'help.compare'],
  ['/', 'help.search'],
  ['Esc', 'help.escape'],
  ['?', 'help.help'],
] as const

/** The list of keys that do something. */
export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} aria-labelledby="shortcut-title">
      <DialogTitle id="shortcut-title">{t('help.title')}</DialogTitle>
      <DialogContent>
        <dl className="facts">
          {keys.map(([key, text]) => (
            <div key={key} style={{ display: 'contents' }}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(text)}</dd>
            </div>
          ))}
        </dl>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('app.close')}</Button>
      </DialogActions>
    </Dialog>
  )
}
