/** Pictures and uploaded files: read here, or taken away as they are. */
import { openDialog } from './dialog.js';
import { el } from './dom.js';

const KIB = 1024;

function sizeText(bytes) {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < KIB * KIB) return `${(bytes / KIB).toFixed(1)} kB`;
  return `${(bytes / KIB / KIB).toFixed(1)} MB`;
}

/** Pictures come from this server or stand in the address itself; a foreign one becomes a link, nothing is fetched. */
export function picture(image, context, kind) {
  const file = image.slack_file?.id === undefined ? undefined : context.file(image.slack_file.id);
  const url = file?.url ?? image.slack_file?.url ?? image.image_url ?? '';
  const alt = image.alt_text ?? 'Picture';
  const own = url.startsWith('/') || url.startsWith('data:image/') || url.startsWith(`${location.origin}/`);
  if (own) return el('img', { class: kind, src: url, alt, loading: 'lazy' });
  return /^https?:/.test(url)
    ? el('a', {
        class: 'foreign-picture',
        href: url,
        target: '_blank',
        rel: 'noopener noreferrer',
        text: `🖼 ${alt}`,
      })
    : el('span', { class: 'foreign-picture', text: `🖼 ${alt}` });
}

function view(file) {
  const opened = openDialog({
    title: file.title || file.name,
    class: 'dialog-wide',
    onEscape: () => opened.close(),
  });
  const content =
    file.content === null
      ? el('img', { class: 'file-picture', src: file.url, alt: file.altText || file.title || file.name })
      : el('pre', {
          class: 'file-text',
          tabindex: 0,
          role: 'region',
          'aria-label': file.name,
          text: file.content,
        });
  opened.body.append(
    content,
    el(
      'footer',
      { class: 'dialog-foot' },
      el('span', { class: 'foot-note', text: `${file.name}, ${sizeText(file.size)}` }),
      download(file, 'button', 'Download'),
    ),
  );
}

function download(file, kind, text) {
  return el('a', {
    class: kind,
    href: file.url,
    download: file.name,
    'aria-label': `Download ${file.name}`,
    title: `Download ${file.name}`,
    text,
  });
}

const isPicture = (file) => /^image\/(?:png|jpeg|gif|webp|svg\+xml)$/.test(file.mimetype);

export function fileCard(file) {
  const name = file.title || file.name;
  const open = { click: () => view(file) };
  const readable = file.content !== null || isPicture(file);
  const face = isPicture(file)
    ? el('img', { class: 'file-thumb', src: file.url, alt: file.altText || name, loading: 'lazy' })
    : el('span', { class: 'file-mark', 'aria-hidden': true, text: file.name.split('.').at(-1).slice(0, 4) });
  return el(
    'div',
    { class: `file${isPicture(file) ? ' file-with-picture' : ''}` },
    face,
    el(
      'span',
      { class: 'file-words' },
      el('span', { class: 'file-name', text: name }),
      el('span', { class: 'file-size', text: `${file.name} · ${sizeText(file.size)}` }),
    ),
    readable
      ? el('button', {
          type: 'button',
          class: 'button',
          on: open,
          'aria-label': `View ${name}`,
          text: 'View',
        })
      : null,
    download(file, 'icon-button file-load', '↓'),
  );
}
