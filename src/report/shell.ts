// What the reports have in common: one HTML file that carries its data, its style and the script that draws its plots.

import { STYLE } from "./style.js";
import { escapeHtml } from "./tables.js";

/** `body` is HTML; `data` goes into the element of that id; `script` is the text of `page.ts`, bundled for a browser. */
export interface Shell { title: string; body: string; data: { id: string; value: unknown }; script: string }

export function htmlPage({ title, body, data, script }: Shell): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
<noscript><section>The plots need JavaScript.</section></noscript>
</main>
<script type="application/json" id="${data.id}">${embeddedJson(data.value)}</script>
<script>${embeddedScript(script)}</script>
</body>
</html>
`;
}

/** JSON in which no `<` is left, so that no text in it can end the element that holds it. */
function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** A bundled script holds these two sequences in string, template and regular expression literals only, where the added
 * backslash changes nothing. */
function embeddedScript(script: string): string {
  return script.replace(/<(?=\/script|!--)/gi, "<\\");
}
