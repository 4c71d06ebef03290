/** Outlines on a field of 24 by 24, drawn with a line of 1.75. */
export const icons = {
  overview: 'M4 20V11M10 20V4M16 20v-6M21 20H3',
  live: 'M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.4a6.5 6.5 0 0 1 3.5 5.6',
  quality: 'M12 3 4.5 6v5.5c0 4.6 3.2 7.9 7.5 9.5 4.3-1.6 7.5-4.9 7.5-9.5V6L12 3ZM9 11.8l2.2 2.2L15.2 10',
  start: 'M6 4v16M6 5h11l-2.5 4L17 13H6',
  events: 'M4 17l5-6 4 4 7-9M15 6h5v5',
  funnel: 'M3.5 5h17l-6.5 8v6l-4-2v-4L3.5 5Z',
  retention: 'M4 12a8 8 0 1 0 2.5-5.8M4 4v4h4M12 8v4.5l3 2',
  paths: 'M4 6h5c5 0 3 12 8 12h3M17.5 15.5 20 18l-2.5 2.5M4 18h4',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  previous: 'M14.5 6 8.5 12l6 6',
  next: 'M9.5 6l6 6-6 6',
  down: 'M6 9.5l6 6 6-6',
  light:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z',
  system: 'M3.5 5h17v11h-17zM9 20h6M12 16v4',
  help: 'M9.2 9.2A2.9 2.9 0 0 1 12 7c1.7 0 3 1.1 3 2.7 0 2.3-3 2.4-3 4.3M12 17.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  info: 'M12 11v6M12 7.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.2 16.2 20.5 20.5',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5-12-7.5Z',
  download: 'M12 4v11M7.5 11 12 15.5 16.5 11M4.5 20h15',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5l4.5 4.5L19.5 7',
  plus: 'M12 5v14M5 12h14',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0',
  saved: 'M7 4h10v16l-5-4-5 4V4Z',
  share: 'M12 15V4M8 7.5 12 4l4 3.5M5 12v8h14v-8',
  remove: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  note: 'M5 4h14v11l-5 5H5V4ZM14 20v-5h5',
  warning: 'M12 4 2.8 20h18.4L12 4ZM12 10v4.5M12 17.5h.01',
} as const

export type IconName = keyof typeof icons
