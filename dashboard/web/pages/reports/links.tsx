import IconButton from '@mui/material/IconButton'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import type { ShareLink } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useKeptChanged, useKeptPath, useMayChange, useShares } from '../../app/use-kept.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { Icon } from '../../parts/icon.tsx'
import { makerName } from '../../parts/people.ts'
import { QueryState } from '../../parts/query-state.tsx'
import { useKeptFocus } from '../../parts/use-kept-focus.ts'
import { formatAgo, formatTime } from '../../texts/format.ts'
import { tk } from '../../texts/kept.ts'

/** The links that show reports to people without an account, and how to end them. */
export function Links() {
  const shares = useShares()
  const { ref, onFocus } = useKeptFocus<HTMLHeadingElement>(shares.data)
  return (
    <>
      <Typography variant="h2" ref={ref} tabIndex={-1}>
        {tk('shares.title')}
      </Typography>
      <Paper onFocus={onFocus}>
        <QueryState query={shares} isEmpty={(list) => list.length === 0} empty={tk('shares.empty')}>
          {(list) => <LinkList list={list} />}
        </QueryState>
      </Paper>
    </>
  )
}

function LinkList({ list }: { list: readonly ShareLink[] }) {
  const { api } = useApp()
  const path = useKeptPath('shares')
  const changed = useKeptChanged()
  const mayChange = useMayChange()
  const [failure, setFailure] = useState('')
  const revoke = async ({ id }: ShareLink) => {
    setFailure('')
    await api.send('DELETE', `${path}/${id}`).catch((error: Error) => setFailure(error.message))
    await changed()
  }
  return (
    <>
      <div className="list-row list-head report-row" aria-hidden="true">
        <span>{tk('reports.name')}</span>
        <span className="wide">{tk('shares.how')}</span>
        <span className="wide">{tk('reports.madeBy')}</span>
        <span className="wide">{tk('shares.ends')}</span>
        <span />
      </div>
      <ul className="plain-list" aria-label={tk('shares.title')}>
        {list.map((share) => (
          <li key={share.id} className="list-row report-row">
            <span>{share.name}</span>
            <span className="quiet wide">{howOf(share)}</span>
            <span className="quiet wide">{makerName(share.madeBy)}</span>
            <span className="quiet wide">{formatTime(share.expiresAt, 'date')}</span>
            <span className="row-actions">
              {mayChange(share.madeBy) && (
                <IconButton
                  size="small"
                  aria-label={tk('shares.revoke', {
                    name: share.name,
                    when: formatAgo(Date.parse(share.at), Date.now()),
                  })}
                  onClick={() => void revoke(share)}
                >
                  <Icon name="remove" size={18} />
                </IconButton>
              )}
            </span>
          </li>
        ))}
      </ul>
      <FormFailure text={failure} />
    </>
  )
}

function howOf({ range, hasPassword }: ShareLink): string {
  const how = tk(`shares.${range}`)
  return hasPassword ? tk('shares.withPassword', { how }) : how
}
