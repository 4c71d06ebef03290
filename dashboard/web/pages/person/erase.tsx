import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { PersonDetail } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'
import { Field } from '../../auth/field.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { t } from './texts.ts'

interface Erasure {
  id: string
  profileId: string
  state: 'waiting' | 'running' | 'done'
}

/** Roles that may erase. */
const erasers = ['admin', 'owner']
export const useCanErase = (): boolean => erasers.includes(useProject().role)
const everyMs = 2_000

/** A button that erases the person, once the id was typed, and how far that has come. */
export function Erase({ person }: { person: PersonDetail }) {
  const { api } = useApp()
  const project = useProject().id
  const [isAsked, setAsked] = useState(false)
  const erasures = useQuery({
    queryKey: ['erasures', project],
    queryFn: ({ signal }) => api.get<{ items: Erasure[] }>('/erasures', { project }, signal),
    refetchInterval: ({ state }) => (state.data?.items.some((one) => one.state !== 'done') ? everyMs : false),
  })
  const newest = erasures.data?.items.find(({ profileId }) => profileId === person.profileId)
  return (
    <>
      <Typography variant="h2">{t('erase.heading')}</Typography>
      <p className="quiet">{t('erase.about')}</p>
      {newest && (
        <Alert severity={newest.state === 'done' ? 'success' : 'info'} role="status">
          {t(newest.state === 'done' ? 'erase.done' : 'erase.running')}
        </Alert>
      )}
      {(newest === undefined || newest.state === 'done') && (
        <Button color="error" variant="outlined" onClick={() => setAsked(true)}>
          {t('erase.button')}
        </Button>
      )}
      {isAsked && (
        <EraseDialog
          person={person}
          onClose={() => setAsked(false)}
          onSent={() => {
            setAsked(false)
            void erasures.refetch()
          }}
        />
      )}
    </>
  )
}

function EraseDialog({ person, onClose, onSent }: { person: PersonDetail; onClose: () => void; onSent: () => void }) {
  const { api } = useApp()
  const project = useProject().id
  const [confirm, setConfirm] = useState('')
  const sending = useMutation({
    mutationFn: () => {
      const path = `/people/${encodeURIComponent(person.profileId)}/erase?project=${encodeURIComponent(project)}`
      return api.send('POST', path, { confirm })
    },
    onSuccess: onSent,
  })
  const { email } = person.traits
  const word = typeof email === 'string' && email !== '' ? email : (person.userIds[0] ?? person.anonymousIds[0] ?? '')
  return (
    <Confirm
      title={t('erase.title')}
      text={t('erase.text')}
      action={t('erase.confirm')}
      isBusy={sending.isPending || confirm.trim() === ''}
      error={sending.error}
      onConfirm={() => sending.mutate()}
      onClose={onClose}
    >
      <ul className="consequences">
        <li>{t('erase.goes')}</li>
        <li>{t('erase.stays')}</li>
        <li>{t('erase.again')}</li>
      </ul>
      <Field
        label={t('erase.type', { word })}
        name="confirm"
        autoComplete="off"
        maxLength={1_024}
        value={confirm}
        onText={setConfirm}
      />
    </Confirm>
  )
}
