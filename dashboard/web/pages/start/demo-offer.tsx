import Button from '@mui/material/Button'
import LinearProgress from '@mui/material/LinearProgress'
import Paper from '@mui/material/Paper'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useApp } from '../../app/context.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { td } from '../../texts/demo.ts'
import { formatNumber } from '../../texts/format.ts'

interface DemoStanding {
  isOffered: boolean
  project: string | null
  events: number
  stored: number
}

const lookMs = 500

/** Offers made-up events to look around with, makes them, and goes there once they can be seen. */
export function DemoOffer() {
  const { api, projects } = useApp()
  const client = useQueryClient()
  const navigate = useNavigate()
  const make = useMutation({ mutationFn: () => api.send<{ project: string }>('POST', '/demo') })
  const project = make.data?.project
  const isOwner = projects.some(({ role }) => role === 'owner')
  const { data: demo } = useQuery({
    queryKey: ['demo'],
    queryFn: ({ signal }) => api.get<DemoStanding>('/demo', {}, signal),
    enabled: isOwner,
    refetchInterval: make.isIdle ? false : lookMs,
  })
  const isThere = project !== undefined && demo?.project === project && demo.stored >= demo.events
  useEffect(() => {
    if (!isThere) return
    const go = async () => {
      await client.invalidateQueries({ queryKey: ['projects'] })
      await navigate({ to: '/', search: { project } as never })
    }
    void go()
  }, [isThere, project, client, navigate])
  if (!(isOwner && demo?.isOffered)) return null
  return (
    <Paper className="panel" component="section" aria-label={td('demo.offer')}>
      <div className="demo-offer">
        <p className="lead">
          <strong>{td('demo.offer')}</strong> <span className="quiet">{td('demo.offerText')}</span>
        </p>
        <Button variant="outlined" disabled={make.isPending || make.isSuccess} onClick={() => make.mutate()}>
          {td('demo.make')}
        </Button>
      </div>
      <div role="status">{(make.isPending || make.isSuccess) && <Progress demo={demo} />}</div>
      <FormFailure text={make.error?.message} />
    </Paper>
  )
}

function Progress({ demo: { events, stored } }: { demo: DemoStanding }) {
  if (events === 0) return <p className="quiet">{td('demo.starting')}</p>
  return (
    <>
      <p className="quiet">{td('demo.loading', { stored: formatNumber(stored), events: formatNumber(events) })}</p>
      <LinearProgress variant="determinate" value={(100 * stored) / events} aria-hidden="true" />
    </>
  )
}
