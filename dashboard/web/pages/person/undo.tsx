import Button from '@mui/material/Button'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { PersonDetail } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { shortId } from '../../parts/people.ts'
import { t } from './texts.ts'

export type Tie = PersonDetail['links'][number]

/** Roles that may undo. */
const undoers = ['admin', 'owner']
export const useCanUndo = (): boolean => undoers.includes(useProject().role)

/** A button that undoes a tie, once it was said what that does. */
export function Undo({ profileId, tie, onSent }: { profileId: string; tie: Tie; onSent: () => void }) {
  const [isAsked, setAsked] = useState(false)
  const ids = { from: shortId(tie.from), to: shortId(tie.userId) }
  return (
    <>
      <Button aria-label={t('undo.button', ids)} onClick={() => setAsked(true)}>
        {t('undo.short')}
      </Button>
      {isAsked && (
        <UndoDialog
          profileId={profileId}
          tie={tie}
          onClose={() => setAsked(false)}
          onSent={() => {
            setAsked(false)
            onSent()
          }}
        />
      )}
    </>
  )
}

function UndoDialog(props: { profileId: string; tie: Tie; onClose: () => void; onSent: () => void }) {
  const { profileId, tie, onClose, onSent } = props
  const { kind, from, userId } = tie
  const { api } = useApp()
  const project = useProject().id
  const sending = useMutation({
    mutationFn: () => {
      const path = `/people/${encodeURIComponent(profileId)}/unlink?project=${encodeURIComponent(project)}`
      return api.send('POST', path, { userId, ...(kind === 'alias' ? { previousId: from } : { anonymousId: from }) })
    },
    onSuccess: onSent,
  })
  const ids = { from, to: userId }
  return (
    <Confirm
      title={t('undo.title')}
      text={t(kind === 'alias' ? 'undo.alias' : 'undo.visitor', ids)}
      action={t('undo.confirm')}
      isBusy={sending.isPending}
      error={sending.error}
      onConfirm={() => sending.mutate()}
      onClose={onClose}
    >
      <ul className="consequences">
        <li>{t(kind === 'alias' ? 'undo.journey.alias' : 'undo.journey.visitor', ids)}</li>
        <li>{t('undo.figures')}</li>
        <li>{t('undo.again')}</li>
      </ul>
    </Confirm>
  )
}
