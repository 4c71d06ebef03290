/** Colours come from variables that the page may set; without them they follow the look the reader has chosen. */
export const css = `
:host { display: block }
.root {
  color-scheme: light dark;
  --accent: var(--trailstitch-accent, light-dark(#3d4fc4, #a3b1ff));
  --text: var(--trailstitch-text, light-dark(#191c24, #e8eaf0));
  --quiet: var(--trailstitch-quiet, light-dark(#555c6b, #a5acbb));
  --line: var(--trailstitch-line, light-dark(#e2e5eb, #2b303c));
  --c0: var(--accent);
  --c1: light-dark(#12714a, #5fd3a0);
  --c2: light-dark(#8a5300, #f0b866);
  --c3: light-dark(#b3261e, #ff9a92);
  --c4: light-dark(#01579b, #4fc3f7);
  --c5: light-dark(#7b1fa2, #ce93d8);
  position: relative;
  padding: 12px;
  color: var(--text);
  background: var(--trailstitch-background, light-dark(#fff, #181b23));
  font: 14px/1.4 var(--trailstitch-font, system-ui, sans-serif);
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
.root[data-theme=light] { color-scheme: light }
.root[data-theme=dark] { color-scheme: dark }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.label { margin: 0 0 6px; font-weight: 600 }
.state { padding: 24px 8px; text-align: center; color: var(--quiet) }
button { font: inherit; color: var(--accent); background: none; border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; margin-top: 8px; cursor: pointer }
svg { display: block; width: 100%; overflow: visible }
svg text { fill: var(--quiet); font-size: 12px }
.grid { stroke: var(--line) }
.series { fill: none; stroke-width: 2; stroke-linejoin: round }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-top: 6px; font-size: 13px; color: var(--quiet) }
.swatch { display: inline-block; width: 14px; margin-right: 6px; vertical-align: middle; border-top: 2.5px solid }
.tip { position: absolute; top: 8px; padding: 6px 9px; border-radius: 6px; font-size: 12px; pointer-events: none; color: light-dark(#fff, #181b23); background: light-dark(#191c24, #e8eaf0) }
.value { font-size: 32px; font-weight: 650; line-height: 1.2 }
table { width: 100%; border-collapse: collapse; font-size: 13px }
th, td { padding: 5px 8px; text-align: right; font-weight: 400; border-bottom: 1px solid var(--line) }
th[scope=row] { text-align: left }
thead th { color: var(--quiet); font-size: 12px }
thead th:first-child { text-align: left }
.scroll { overflow-x: auto }
.bar { position: relative; isolation: isolate; min-width: 90px }
.bar::before { content: ""; position: absolute; inset: 0 auto 0 0; z-index: -1; width: calc(var(--share) * 100%); border-radius: 3px; background: color-mix(in srgb, var(--accent) 24%, transparent) }
.cell { display: block; margin: -5px -8px; padding: 5px 8px; background: color-mix(in srgb, var(--accent) calc(var(--share) * 40%), transparent) }
.open { font-style: italic }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`
