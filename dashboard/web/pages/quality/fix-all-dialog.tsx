import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import LinearProgress from '@mui/material/LinearProgress'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { ReplayedPage } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'
import { formatNumber } from '../../texts/format.ts'
import { readObject } from './json.ts'
import { t } from './texts.ts'

type Counts = Omit<ReplayedPage, 'nextCursor'>

const none: Counts = { sent: 0, skipped: 0, refused: 0 }

/** Sends all of a code again, a stretch at a time, until the end or until it is stopped. */
function useReplayAll(code: string) {
  const { api } = useApp()
  const project = useProject().id
  const client = useQueryClient()
  const [counts, setCounts] = useState(none)
  const stopping = useRef(new AbortController())
  // Whoever closes the dialog stops it.
  useEffect(() => () => stopping.current.abort(), [])
  const run = useMutation({
    async mutationFn(set: object | undefined) {
      stopping.current = new AbortController()
      const { signal } = stopping.current
      let sums = none
      setCounts(sums)
      for (let cursor: string | null | undefined; cursor !== null && !signal.aborted; ) {
        const body = { project, code, ...(set && { set }), ...(cursor !== undefined && { cursor }) }
        const page: ReplayedPage = await api.send<ReplayedPage>('POST', '/rejected/replay', body)
        sums = {
          sent: sums.sent + page.sent,
          skipped: sums.skipped + page.skipped,
          refused: sums.refused + page.refused,
        }
        setCounts(sums)
        cursor = page.nextCursor
      }
      return { isStopped: signal.aborted }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['rejected', project] }),
  })
  return { run, counts, stop: () => stopping.current.abort() }
}

/** All rejected events of one reason, sent again with the same fields filled in. */
export function FixAllDialog({ code, onClose }: { code: string; onClose: () => void }) {
  const { run, counts, stop } = useReplayAll(code)
  const [text, setText] = useState('')
  const set = text.trim() === '' ? undefined : readObject(text)
  const isReadable = text.trim() === '' || set !== undefined
  return (
    <Dialog open onClose={onClose} aria-labelledby="fix-all-title" fullWidth maxWidth="sm">
      <DialogTitle sx={{ pb: 1 }} id="fix-all-title">
        {t('fixAll.title')}
      </DialogTitle>
      <DialogContent className="fix">
        <p>{t('fixAll.text', { code })}</p>
        <label className="fix-label" htmlFor="fix-all-fields">
          {t('fixAll.fields')}
        </label>
        <textarea
          id="fix-all-fields"
          className="editor mono"
          spellCheck={false}
          rows={4}
          placeholder='{ "event": "Order Completed" }'
          value={text}
          disabled={run.isPending}
          onChange={(change) => setText(change.target.value)}
          aria-describedby="fix-all-hint"
        />
        <p id="fix-all-hint" className={`small ${isReadable ? 'quiet' : 'bad'}`}>
          {t(isReadable ? 'fixAll.hint' : 'fix.notJson')}
        </p>
        <Progress run={run} counts={counts} />
      </DialogContent>
      <DialogActions>
        <Button onClick={run.isPending ? stop : onClose}>{t(run.isPending ? 'fixAll.stop' : 'app.close')}</Button>
        {/* Kept enabled while it runs: a button that is disabled loses the focus, and Escape with it. */}
        <Button
          variant="contained"
          disabled={!isReadable}
          aria-disabled={run.isPending}
          onClick={() => run.isPending || run.mutate(set)}
        >
          {t('fixAll.send')}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function Progress({ run, counts }: { run: ReturnType<typeof useReplayAll>['run']; counts: Counts }) {
  if (run.isIdle) return null
  const standing = run.isPending ? 'fixAll.running' : run.data?.isStopped ? 'fixAll.stopped' : 'fixAll.done'
  return (
    <div>
      {run.isPending && <LinearProgress aria-label={t('fixAll.running')} />}
      {run.error && (
        <p className="bad" role="alert">
          {run.error.message}
        </p>
      )}
      <p role="status">
        <strong>{run.error ? t('fixAll.stopped') : t(standing)}</strong>
      </p>
      <dl className="facts">
        <dt>{t('fixAll.sent')}</dt>
        <dd>{formatNumber(counts.sent)}</dd>
        <dt>{t('fixAll.refused')}</dt>
        <dd>{formatNumber(counts.refused)}</dd>
        <dt>{t('fixAll.skipped')}</dt>
        <dd>{formatNumber(counts.skipped)}</dd>
      </dl>
    </div>
  )
}
