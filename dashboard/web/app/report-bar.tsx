import Button from '@mui/material/Button'
import { lazy, Suspense } from 'react'
import { Icon } from '../parts/icon.tsx'
import { t } from '../texts/t.ts'
import { useCanKeep } from './use-kept.ts'
import { useUrlText } from './use-search.ts'

const SaveDialog = lazy(async () => ({ default: (await import('./save-dialog.tsx')).SaveDialog }))
const ShareDialog = lazy(async () => ({ default: (await import('./share-dialog.tsx')).ShareDialog }))
const ReportName = lazy(async () => ({ default: (await import('./report-name.tsx')).ReportName }))

/** Which saved report shows, and what can be done with it. */
export function ReportBar() {
  const canKeep = useCanKeep()
  const [report] = useUrlText('report')
  const [dialog, setDialog] = useUrlText('dialog')
  const close = () => setDialog('')
  return (
    <div className="bar report-bar">
      <Suspense fallback={null}>{report && <ReportName id={report} />}</Suspense>
      {canKeep && report && (
        <Button startIcon={<Icon name="share" size={16} />} onClick={() => setDialog('share')}>
          {t('share.button')}
        </Button>
      )}
      {canKeep && (
        <Button startIcon={<Icon name="saved" size={16} />} onClick={() => setDialog('save')}>
          {t('save.button')}
        </Button>
      )}
      <Suspense fallback={null}>
        {canKeep && dialog === 'save' && <SaveDialog onClose={close} />}
        {canKeep && dialog === 'share' && report && <ShareDialog report={report} onClose={close} />}
      </Suspense>
    </div>
  )
}
