import Drawer from '@mui/material/Drawer'
import { t } from '../texts/t.ts'
import { Side } from './navigation.tsx'

/** The side of the frame, on phones. */
export function PhoneMenu({ onClose, openHelp }: { onClose: () => void; openHelp: () => void }) {
  return (
    <Drawer
      open
      anchor="right"
      onClose={onClose}
      slotProps={{ paper: { 'aria-label': t('app.menu'), role: 'dialog' } }}
    >
      <div className="side" style={{ width: 250 }}>
        <Side openHelp={openHelp} onLeave={onClose} />
      </div>
    </Drawer>
  )
}
