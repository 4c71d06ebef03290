import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { AnalysisAnswers } from '@trailstitch/protocol'
import { useApp } from '../../app/context.ts'
import { useFilters, useProject, useRange } from '../../app/use-search.ts'
import { describeEvent } from '../../parts/fields.ts'
import { PeopleList } from '../../parts/people-list.tsx'
import { type FunnelQuestion, toFunnelPeople, type Who } from './question.ts'
import { t } from './texts.ts'

const pageSize = 100

function useFunnelPeople(question: FunnelQuestion, who: Who) {
  const { api } = useApp()
  const project = useProject().id
  const range = useRange()
  const [where] = useFilters()
  const query = toFunnelPeople(question, range, where, who)
  return useInfiniteQuery({
    queryKey: ['analysis', project, query],
    queryFn: ({ pageParam, signal }) =>
      api.send<AnalysisAnswers['funnel_people']>(
        'POST',
        '/query',
        { ...query, project, limit: pageSize, ...(pageParam !== undefined && { cursor: pageParam }) },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
}

interface PeopleDialogProps {
  question: FunnelQuestion
  who: Who
  onClose: () => void
}

/** The people behind a figure of a funnel, each a way to their journey. */
export function PeopleDialog({ question, who, onClose }: PeopleDialogProps) {
  const people = useFunnelPeople(question, who)
  const name = describeEvent(question.steps[who.step - 1]?.event)
  const title = t(who.dropped ? 'funnels.droppedTitle' : 'funnels.reachedTitle', { place: who.step, name })
  return (
    <Dialog open onClose={onClose} aria-labelledby="funnel-people" maxWidth="md" fullWidth>
      <DialogTitle id="funnel-people">{title}</DialogTitle>
      <DialogContent sx={{ px: '10px' }}>
        {question.count === 'totals' && <p className="quiet small note">{t('funnels.totalsNote')}</p>}
        <PeopleList label={title} people={people} empty={t('funnels.nobodyThere')} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('app.close')}</Button>
      </DialogActions>
    </Dialog>
  )
}
