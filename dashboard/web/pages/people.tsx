import Typography from '@mui/material/Typography'
import { useUrlText } from '../app/use-search.ts'
import { Segments } from '../parts/choice.tsx'
import { Everybody } from './people/everybody.tsx'
import { Segment } from './people/segment.tsx'
import { t } from './people/texts.ts'

const views = ['all', 'did'] as const

/** Everybody, or those who are or did something. */
export function Page() {
  const [who, setWho] = useUrlText('who', 'all')
  const view = views.find((each) => each === who) ?? 'all'
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('people.title')}</Typography>
        <Segments
          label={t('people.who')}
          value={view}
          options={views.map((each) => [each, t(`people.who.${each}`)])}
          onChange={setWho}
        />
      </div>
      {view === 'all' ? <Everybody /> : <Segment />}
    </>
  )
}
