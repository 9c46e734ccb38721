import { useLanguage } from '#console/base/context.ts';
import { hourTime } from '#console/base/times.ts';

/** A figure of each row. @property look `wash`: behind the others. */
export type Series<Row> = { name: string; look: 'whole' | 'wash' | 'bad'; value: (row: Row) => number };

type Props<Row> = {
  title: string;
  rows: readonly Row[];
  /** They are drawn over each other, the largest first. */
  series: readonly Series<Row>[];
  textOf: (value: number) => string;
};

/** The height of the drawing, in its own units. */
const HEIGHT = 100;

/**
 * Bars by hour. They are drawn as SVG with the colours of the page, so that they follow the theme and every width. The
 * numbers are in a table beside them: screen readers get only the title of the drawing.
 */
export function Bars<Row extends { at: string }>({ title, rows, series, textOf }: Props<Row>) {
  const language = useLanguage();
  const most = Math.max(...rows.flatMap((row) => series.map(({ value }) => value(row))), 0);
  const heightOf = (value: number): number => (most === 0 ? 0 : (value / most) * HEIGHT);
  const [from, to] = [rows[0]?.at ?? '', rows.at(-1)?.at ?? ''];
  return (
    <figure class="ops-chart">
      <figcaption>
        {title}
        <span class="ops-legend">
          {series.map(({ name, look }) => (
            <span key={name} data-look={look}>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div class="ops-chart-most">{textOf(most)}</div>
      <svg viewBox={`0 0 ${rows.length} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={title}>
        {rows.map((row, index) => (
          <g key={row.at}>
            <title>
              {[hourTime(row.at, language), ...series.map((one) => `${one.name}: ${textOf(one.value(row))}`)].join(
                ' · ',
              )}
            </title>
            <rect class="ops-chart-hour" x={index} y={0} width={1} height={HEIGHT} />
            {series.map(({ name, look, value }) => {
              const height = heightOf(value(row));
              return (
                <rect key={name} data-look={look} x={index + 0.12} y={HEIGHT - height} width={0.76} height={height} />
              );
            })}
          </g>
        ))}
      </svg>
      <div class="ops-chart-times">
        <span>{hourTime(from, language)}</span>
        <span>{hourTime(to, language)}</span>
      </div>
    </figure>
  );
}
