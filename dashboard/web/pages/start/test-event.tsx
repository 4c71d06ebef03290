import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { readFailure, request } from '../../api/failure.ts'
import { validateSearch } from '../../url/search.ts'
import { t } from './texts.ts'

/** Sends an event with the write key, as a client would. Answers with its messageId. Throws `ApiFailure`. */
async function sendTestEvent(writeKey: string): Promise<string> {
  const messageId = `test-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`
  const event = { event: 'Test event', anonymousId: 'test-device', messageId, properties: { test: true } }
  const response = await request(new URL('/v1/track', location.origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${writeKey}:`)}` },
    body: JSON.stringify(event),
  })
  if (!response.ok) throw await readFailure(response)
  return messageId
}

/** The quickest way to see that events arrive. */
export function TestEvent({ writeKey }: { writeKey: string }) {
  const send = useMutation({ mutationFn: () => sendTestEvent(writeKey) })
  const toEvent = (search: Record<string, unknown>) => ({ ...validateSearch(search), event: send.data })
  return (
    <Paper className="panel" component="section" aria-label={t('start.test')}>
      <div className="panel-head">
        <Typography variant="h2">{t('start.test')}</Typography>
        <Button variant="outlined" disabled={send.isPending} onClick={() => send.mutate()}>
          {t('start.testSend')}
        </Button>
      </div>
      <p className="quiet">{t('start.testHint')}</p>
      <div role="status">
        {send.isError && <p className="bad">{t('start.testFailed', { reason: send.error.message })}</p>}
        {send.isSuccess && (
          <p className="bar">
            <span className="good">{t('start.testSent')}</span>
            <Link to="/quality" search={toEvent as never}>
              {t('start.testWhere')}
            </Link>
          </p>
        )}
      </div>
    </Paper>
  )
}
