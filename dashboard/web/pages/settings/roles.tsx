import { isAtLeast, type Role, roles } from '../../api/types.ts'
import { useProject } from '../../app/use-search.ts'
import { t } from '../../texts/settings.ts'

/** The roles that the person may give: up to the own one. */
export function useRolesToGive(): readonly Role[] {
  const own = useProject().role
  return roles.filter((role) => isAtLeast(own, role))
}

/** The roles up to the own one. */
export function RoleSelect(props: { name: string; value: Role; onChange: (role: Role) => void }) {
  const given = useRolesToGive()
  return (
    <select
      className="select"
      aria-label={props.name}
      value={props.value}
      onChange={({ target }) => {
        const role = given.find((each) => each === target.value)
        if (role) props.onChange(role)
      }}
    >
      {given.map((role) => (
        <option key={role} value={role}>
          {t(`role.${role}`)}
        </option>
      ))}
    </select>
  )
}
