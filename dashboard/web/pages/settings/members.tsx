import Button from '@mui/material/Button'
import { useState } from 'react'
import { type Page, type Role, roles } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ListPanel } from '../../parts/list-panel.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'
import { Invitations } from './invitations.tsx'
import { RoleSelect, useRolesToGive } from './roles.tsx'
import { useChange, useProjectPath, useSettings } from './use-settings.ts'

interface Member {
  userId: string
  email: string
  name: string
  role: Role
  since: string
}

/** Who sees the project, and who is invited to. */
export function MembersTab() {
  const members = useSettings<Page<Member>>('/members')
  return (
    <>
      <ListPanel title={t('settings.tab.members')} rows={members.data}>
        <p className="quiet">{t('members.lead')}</p>
        <QueryState query={members} isEmpty={({ items }) => items.length === 0} empty={t('members.empty')}>
          {({ items }) => <Members members={items} />}
        </QueryState>
        <Roles />
      </ListPanel>
      <Invitations />
    </>
  )
}

function Roles() {
  return (
    <details>
      <summary>{t('members.roles')}</summary>
      <dl className="facts">
        {roles.map((role) => (
          <div key={role} style={{ display: 'contents' }}>
            <dt>{t(`role.${role}`)}</dt>
            <dd>{t(`role.${role}.may`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function Members({ members }: { members: readonly Member[] }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/members`
  const given = useRolesToGive()
  const [leaving, setLeaving] = useState<Member>()
  const change = useChange(({ userId, role }: { userId: string; role: string }) =>
    api.send('PATCH', `${path}/${userId}`, { role }),
  )
  const isMine = ({ role }: Member) => given.includes(role)
  return (
    <>
      <FormFailure text={change.error?.message} />
      <DataTable
        name={t('settings.tab.members')}
        canDownload={false}
        rows={members}
        rowKey={({ userId }) => userId}
        columns={[
          {
            name: t('people.name'),
            value: ({ email }) => email,
            cell: ({ name, email }) => (
              <>
                <strong>{name}</strong> <span className="quiet">{email}</span>
              </>
            ),
          },
          {
            name: t('members.role'),
            value: ({ role }) => role,
            cell: (member) =>
              isMine(member) ? (
                <RoleSelect
                  name={t('members.roleOf', { name: member.name || member.email })}
                  value={member.role}
                  onChange={(role) => change.mutate({ userId: member.userId, role })}
                />
              ) : (
                t(`role.${member.role}`)
              ),
          },
          {
            name: t('members.since'),
            value: ({ since }) => since,
            cell: ({ since }) => <span className="nowrap">{formatTime(since, 'date')}</span>,
          },
          {
            name: t('settings.actions'),
            value: () => null,
            isNumber: true,
            cell: (member) =>
              isMine(member) && (
                <Button
                  color="error"
                  aria-label={t('settings.do', { action: t('settings.remove'), name: member.email })}
                  onClick={() => setLeaving(member)}
                >
                  {t('settings.remove')}
                </Button>
              ),
          },
        ]}
      />
      {leaving && <Remove member={leaving} onClose={() => setLeaving(undefined)} />}
    </>
  )
}

function Remove({ member, onClose }: { member: Member; onClose: () => void }) {
  const { api } = useApp()
  const path = `${useProjectPath()}/members/${member.userId}`
  const remove = useChange(async () => {
    await api.send('DELETE', path)
    onClose()
  })
  return (
    <Confirm
      title={t('members.removeTitle', { name: member.name || member.email })}
      text={t('members.removeText')}
      action={t('settings.remove')}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  )
}
