import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import type { Page, Rejected, Replayed } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'
import { Icon } from '../../parts/icon.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { formatJson, readObject } from './json.ts'
import { t } from './texts.ts'

/** One rejected event as JSON, to be mended and sent again. */
export function FixDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { api } = useApp()
  const project = useProject().id
  const found = useQuery({
    queryKey: ['rejected', project, id],
    queryFn: ({ signal }) => api.get<Page<Rejected>>('/rejected', { project, id }, signal),
  })
  return (
    <Dialog open onClose={onClose} aria-labelledby="fix-title" fullWidth maxWidth="md">
      <DialogTitle sx={{ pb: 1 }} id="fix-title">
        {t('fix.title')}
      </DialogTitle>
      <QueryState query={found} isEmpty={({ items }) => items.length === 0} empty={t('fix.gone')}>
        {({ items: [item] }) => item && <Form item={item} onClose={onClose} />}
      </QueryState>
    </Dialog>
  )
}

function Form({ item, onClose }: { item: Rejected; onClose: () => void }) {
  const { api } = useApp()
  const project = useProject().id
  const client = useQueryClient()
  const [text, setText] = useState(() => formatJson(item.body))
  const path = `/rejected/${encodeURIComponent(item.id)}/replay`
  const event = readObject(text)
  const send = useMutation({
    mutationFn: () => api.send<Replayed>('POST', path, { project, event }),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: ['rejected', project] })
      onClose()
    },
  })
  const { check, isSettled } = useCheck(path, text)
  const canSend = isSettled && check.data?.problem === null && !check.error && !send.isPending
  return (
    <>
      <DialogContent className="fix" sx={{ pt: 0 }}>
        <dl className="facts">
          <dt>{t('quality.when')}</dt>
          <dd>{formatTime(item.receivedAt, 'moment')}</dd>
          <dt>{t('quality.why')}</dt>
          <dd>
            {item.message} <span className="mono quiet">{item.code}</span>
          </dd>
          {item.replayedAt !== null && (
            <>
              <dt>{t('fix.before')}</dt>
              <dd>{t('fix.beforeText', { when: formatTime(item.replayedAt, 'moment') })}</dd>
            </>
          )}
        </dl>
        <label className="fix-label" htmlFor="fix-event">
          {t('fix.event')}
        </label>
        <textarea
          id="fix-event"
          className="editor mono"
          spellCheck={false}
          rows={Math.min(22, Math.max(8, text.split('\n').length))}
          value={text}
          onChange={(change) => setText(change.target.value)}
          aria-describedby="fix-verdict"
        />
        <Standing
          isObject={event !== undefined}
          problem={send.error ?? check.error ?? check.data?.problem}
          isGood={isSettled && check.data?.problem === null}
        />
      </DialogContent>
      <DialogActions>
        <Button onClick={() => setText(formatJson(item.body))}>{t('fix.reset')}</Button>
        <span style={{ flex: 1 }} />
        <Button onClick={onClose}>{t('filter.cancel')}</Button>
        <Button variant="contained" disabled={!canSend} onClick={() => send.mutate()}>
          {t('fix.send')}
        </Button>
      </DialogActions>
    </>
  )
}

/** What the collector would say of the text, asked while it is typed; settled once it is about the newest one. */
function useCheck(path: string, text: string) {
  const { api } = useApp()
  const project = useProject().id
  const deferred = useDeferredValue(text)
  const event = readObject(deferred)
  const check = useQuery({
    queryKey: ['check', path, deferred],
    queryFn: ({ signal }) => api.send<Replayed>('POST', path, { project, event, check: true }, signal),
    enabled: event !== undefined,
    retry: false,
    placeholderData: keepPreviousData,
  })
  return { check, isSettled: event !== undefined && text === deferred && !check.isPlaceholderData }
}

function Standing(props: { isObject: boolean; problem: { message: string } | null | undefined; isGood: boolean }) {
  const { isObject, problem, isGood } = props
  const text = isObject ? problem?.message : t('fix.notJson')
  return (
    <p id="fix-verdict" className={`bar ${text ? 'bad' : isGood ? 'good' : 'quiet'}`} role="status">
      {(text || isGood) && <Icon name={text ? 'warning' : 'check'} size={18} />}
      {text ?? t(isGood ? 'fix.good' : 'fix.checking')}
    </p>
  )
}
