import Button from '@mui/material/Button'
import { type FormEvent, useState } from 'react'
import type { Page, Role } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { Once } from '../../parts/once.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { RoleSelect } from './roles.tsx'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

interface Invitation {
  id: string
  email: string
  role: Role
  invitedAt: string
}

/** Invites by link, and shows the links that nobody has used yet. */
export function Invitations() {
  const invitations = useSettings<Page<Invitation>>('/invitations')
  return (
    <ListPanel title={t('invite.title')} rows={invitations.data}>
      <p className="quiet">{t('invite.lead')}</p>
      <InviteForm />
      <QueryState query={invitations} isEmpty={({ items }) => items.length === 0} empty={t('invite.none')}>
        {({ items }) => <Open invitations={items} />}
      </QueryState>
    </ListPanel>
  )
}

function InviteForm() {
  const { api } = useApp()
  const path = `${useProjectPath()}/invitations`
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const invite = useChange(async (given: { email: string; role: Role }) => {
    const { link } = await api.send<{ link: string }>('POST', path, given)
    setEmail('')
    return { link, email: given.email }
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate({ email: email.trim(), role })
  }
  return (
    <>
      <form className="bar" onSubmit={onSubmit}>
        <input
          className="select search"
          type="email"
          required
          maxLength={254}
          autoComplete="off"
          aria-label={t('auth.email')}
          placeholder={t('auth.email')}
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <RoleSelect name={t('members.role')} value={role} onChange={setRole} />
        <Button type="submit" variant="contained" disabled={invite.isPending}>
          {t('invite.button')}
        </Button>
      </form>
      <FormFailure text={invite.error?.message} />
      {invite.data && (
        <Once
          name={t('invite.link', { email: invite.data.email })}
          secret={invite.data.link}
          hint={t('invite.linkHint')}
        />
      )}
    </>
  )
}

function Open({ invitations }: { invitations: readonly Invitation[] }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/invitations`
  const revoke = useChange(({ id }: Invitation) => api.send('DELETE', `${path}/${encodeURIComponent(id)}`))
  return (
    <>
      <FormFailure text={revoke.error?.message} />
      <DataTable
        name={t('invite.open')}
        canDownload={false}
        rows={invitations}
        rowKey={({ id }) => id}
        columns={[
          { name: t('auth.email'), value: ({ email }) => email },
          { name: t('members.role'), value: ({ role }) => t(`role.${role}`) },
          {
            name: t('invite.when'),
            value: ({ invitedAt }) => invitedAt,
            cell: ({ invitedAt }) => <span className="nowrap">{formatTime(invitedAt, 'moment')}</span>,
          },
          {
            name: t('settings.actions'),
            value: () => null,
            isNumber: true,
            cell: (invitation) => (
              <Button
                color="error"
                disabled={revoke.isPending}
                aria-label={t('settings.do', { action: t('settings.revoke'), name: invitation.email })}
                onClick={() => revoke.mutate(invitation)}
              >
                {t('settings.revoke')}
              </Button>
            ),
          },
        ]}
      />
    </>
  )
}
