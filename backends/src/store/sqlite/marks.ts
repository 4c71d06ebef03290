import type { DatabaseSync } from 'node:sqlite'

/** Says of projects that answers about them may be other ones from now on. Part of the transaction that changes them. */
export function createMarks(db: DatabaseSync): (projects: Iterable<string>) => void {
  const move = db.prepare(
    'INSERT INTO marks (project, moves) VALUES (?, 1) ON CONFLICT DO UPDATE SET moves = moves + 1',
  )
  return (projects) => {
    for (const project of projects) move.run(project)
  }
}

/** A text that is another one whenever answers about the project may be. */
export function createMarkReader(db: DatabaseSync): (project: string) => string {
  const select = db.prepare('SELECT moves FROM marks WHERE project = ?')
  return (project) => String(select.get(project)?.moves ?? 0)
}
