// Formats dates, sizes and counts for display.

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});
const month = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const instantFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Parses a photo's date. It has no time zone, so it is not converted. */
function civil(text) {
  return new Date(`${text.replace(' ', 'T').slice(0, 19)}Z`);
}

/** Formats the date and time at which a photo was taken. */
export const dateAndTime = (text) => (text ? dayAndTime.format(civil(text)) : 'Unknown date');

/** Formats a date. */
export const date = (text) => (text ? day.format(civil(text)) : 'Unknown date');

/** Formats a point in time, which the server stores in UTC. */
export const instant = (text) => (text ? instantFormat.format(civil(text)) : 'never');

/** Returns the month of a date as `2024-01`. */
export const monthOf = (text) => (text ?? '').slice(0, 7);

/** Formats a month. */
export const monthName = (text) => (text ? month.format(civil(`${text}-01T00:00:00`)) : 'Unknown date');

/** Formats a period. */
export function period(start, end) {
  if (!start) return '';
  return month.formatRange(civil(start), civil(end ?? start));
}

/** Formats a number of bytes. */
export function bytes(count) {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000;
    unit += 1;
  }
  return `${count.toLocaleString(undefined, { maximumFractionDigits: count < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`;
}

/** Formats a number of things. */
export const count = (number, one, many = `${one}s`) =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** Returns the name of a photo: its title, or the name of its file. */
export const nameOf = (photo) => photo.title || photo.original_filename;
