'use strict';
(() => {
  const trouble = (text) => {
    const p = document.getElementById('trouble');
    p.hidden = false;
    p.textContent += text + '\n';
  };
  addEventListener('error', (e) => trouble('A chart could not be drawn: ' + e.message));

  const data = JSON.parse(document.getElementById('data').textContent);
  const runs = data.runs || [];
  const candidates = data.candidates || [];

  const digits = (v) => {
    const size = Math.abs(v);
    return Number.isInteger(v) || size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.0995 ? 2 : 3;
  };
  const number = (v) => v.toLocaleString('en-US', { maximumFractionDigits: digits(v) });
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const dashes = [[], [9, 3], [4, 3], [10, 3, 3, 3], [2, 2], [16, 4]];

  // axis is a scale with a title. On a logarithmic one, only some ticks have room for a number.
  const axis = (title, more) => ({
    type: 'linear',
    title: { display: true, text: title, color: colour('quiet') },
    grid: { color: colour('line') },
    border: { color: colour('quiet') },
    ticks: { color: colour('quiet'), maxRotation: 0, autoSkipPadding: 14, callback: number },
    ...more,
  });
  const logAxis = (title, labelled, more) => {
    const a = axis(title + ', log scale', { type: 'logarithmic', ...more });
    a.ticks.callback = (v) => (labelled.includes(+v.toExponential(3).split('e')[0]) ? number(v) : '');
    return a;
  };
  // fit is a plain axis, or a logarithmic one where the values lie far apart.
  const fit = (title, values) => (Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values)
    ? logAxis(title, [1, 2, 5]) : axis(title, { beginAtZero: true, grace: '5%' }));

  const line = (i, label, points, more) => ({
    label, data: points, borderColor: colour('c' + (i + 1)), backgroundColor: colour('c' + (i + 1)),
    borderDash: dashes[i], borderWidth: points.length > 400 ? 1.25 : 2, pointRadius: 0, pointHitRadius: 8, clip: 4, ...more,
  });
  // mark is a line that is no run: the capacity, the floor.
  const mark = (label, from, to, dash) => ({
    label, data: [from, to], mark: true, borderColor: colour('ink'), borderWidth: 1.5, borderDash: dash,
    pointRadius: 0, pointHitRadius: 0,
  });
  const floor = (low, high) => (data.floor ? [mark('floor, ' + number(data.floor) + ' s', { x: data.floor, y: low }, { x: data.floor, y: high }, [2, 2])] : []);
  const ends = () => {
    const min = Math.min(...runs.map((r) => r.at[0] ?? 0));
    return [min, Math.max(min + 1, ...runs.map((r) => r.at.at(-1) ?? 0))];
  };
  const overTime = () => {
    const [min, max] = ends();
    return axis('seconds since the trigger', { min, max });
  };

  // The charts: what is drawn, what the tooltip says, and the table below.
  const charts = {
    storm() {
      const bottom = data.log ? 1 : 0;
      const top = Math.max(data.capacity || 0, ...runs.map((r) => r.initializes.reduce((a, b) => Math.max(a, b), 0)));
      const [min, max] = ends();
      const datasets = runs.map((r, i) => line(i, r.name, r.at.map((x, k) => ({ x, y: Math.max(bottom, r.initializes[k]), v: r.initializes[k] }))));
      if (data.capacity) {
        datasets.push(mark('capacity beside calls, ' + number(data.capacity) + '/s', { x: min, y: data.capacity }, { x: max, y: data.capacity }, [8, 4]));
      }
      datasets.push(...floor(bottom, top));
      const y = (data.log ? (title) => logAxis(title, [1], { min: 1 }) : axis)('initializes per second', { min: 0 });
      return {
        label: 'Initializes per second over time', datasets, x: overTime(), y,
        tip: (p) => p.dataset.label + ': ' + number(p.raw.v) + '/s', head: (p) => number(p.raw.x) + ' s',
      };
    },
    recovery() {
      const datasets = runs.flatMap((r, i) => (r.recovered ? [line(i, r.name, r.at.map((x, k) => ({ x, y: r.recovered[k] })))] : []));
      return {
        label: 'Share of clients recovered over time', datasets: datasets.concat(floor(0, 100)),
        x: overTime(), y: axis('clients recovered (%)', { min: 0, max: 100 }),
        tip: (p) => p.dataset.label + ': ' + number(p.raw.y) + ' %', head: (p) => number(p.raw.x) + ' s',
      };
    },
    phase() {
      const datasets = runs.flatMap((r, i) => {
        if (!r.queue) {
          return [];
        }
        const first = Math.max(0, r.at.findIndex((t) => t >= 0));
        const points = r.at.map((t, k) => ({ x: r.backoff[k], y: r.queue[k], t })).slice(first);
        const last = points.length - 1;
        const atEnds = (begin, end, else_) => (c) => (c.dataIndex === 0 ? begin : c.dataIndex === last ? end : else_);
        return [line(i, r.name, points, {
          borderWidth: 1.5, pointRadius: atEnds(6, 6, 1.5), pointStyle: atEnds('circle', 'rect', 'circle'), pointBorderColor: colour('paper'),
          pointBorderWidth: atEnds(1.5, 1.5, 0),
        })];
      });
      return {
        label: 'Queue against clients in backoff', datasets, plane: true,
        x: axis('clients in backoff', { beginAtZero: true }), y: axis('queue at the server (seconds)', { beginAtZero: true }),
        tip: (p) => p.dataset.label + ': ' + number(p.raw.x) + ' in backoff, queue ' + number(p.raw.y) + ' s', head: (p) => number(p.raw.t) + ' s',
      };
    },
    candidates() {
      const kinds = [
        ['chosen', 'recommended', { pointStyle: 'rectRot', radius: 9, backgroundColor: colour('c2') }],
        ['front', 'on the front', { pointStyle: 'circle', radius: 5, backgroundColor: colour('c1') }],
        ['other', 'others', { pointStyle: 'circle', radius: 3.5, backgroundColor: 'transparent', borderColor: colour('quiet') }],
      ];
      const datasets = kinds.map(([kind, label, look]) => ({
        label, type: 'scatter', borderColor: colour('paper'), borderWidth: 1, hitRadius: 6, clip: false, ...look,
        data: candidates.filter((c) => c.kind === kind).map((c) => ({ ...c, x: c.peak, y: c.t99 })),
      })).filter((d) => d.data.length);
      return {
        label: 'Peak against time to recover of the policies tried', datasets, plane: true, points: true,
        x: fit('peak (multiple of what the server can serve)', candidates.map((c) => c.peak)), y: fit('t99 (seconds)', candidates.map((c) => c.t99)),
        head: () => '', // points that coincide have a name each
        tip: (p) => [
          p.raw.name,
          ...(p.raw.settings || '').match(/.{1,44}(?:\s|$)|\S{1,44}/gu) || [],
          'peak ' + number(p.raw.peak) + '×, t99 ' + number(p.raw.t99) + ' s',
          number(p.raw.failed) + ' failed calls per client, waste ' + number(p.raw.waste) + ' %',
        ],
      };
    },
  };

  const byTime = (heads, column) => {
    const rows = new Map();
    runs.forEach((r, i) => r.at.forEach((t, k) => {
      if (!rows.has(t)) {
        rows.set(t, runs.map(() => ''));
      }
      rows.get(t)[i] = r[column] ? number(r[column][k]) : '';
    }));
    return [['seconds', ...runs.map((r) => r.name + heads)], [...rows].sort((a, b) => a[0] - b[0]).map(([t, cells]) => [number(t), ...cells])];
  };
  const tables = {
    storm: () => byTime(' (per second)', 'initializes'),
    recovery: () => byTime(' (%)', 'recovered'),
    phase: () => [['policy', 'seconds', 'in backoff', 'queue (s)'],
      runs.flatMap((r) => (r.queue ? r.at.map((t, k) => [r.name, number(t), number(r.backoff[k]), number(r.queue[k])]) : []))],
    candidates: () => [['policy', 'settings', 'peak (×)', 't99 (s)', 'failed per client', 'waste (%)', ''],
      candidates.map((c) => [c.name, c.settings || '', number(c.peak), number(c.t99), number(c.failed), number(c.waste), c.kind === 'other' ? '' : c.kind])],
  };

  // A table is written when somebody opens it.
  const write = (details) => {
    const [heads, rows] = tables[details.dataset.table]();
    const table = document.createElement('table');
    const row = (into, cells, kind) => {
      const tr = into.insertRow();
      cells.forEach((text, i) => {
        const cell = document.createElement(i && kind === 'td' ? 'td' : 'th');
        cell.textContent = text;
        if (cell.tagName === 'TH') {
          cell.scope = kind === 'td' ? 'row' : 'col';
        }
        if (heads[i] === 'settings') {
          cell.className = 'text';
        }
        tr.append(cell);
      });
    };
    row(table.createTHead(), heads, 'th');
    const body = table.createTBody();
    rows.forEach((cells) => row(body, cells, 'td'));
    const box = document.createElement('div');
    box.className = 'scroll';
    box.tabIndex = 0;
    box.append(table);
    details.append(box);
  };
  document.querySelectorAll('details[data-table]').forEach((d) => {
    const opened = () => d.open && d.children.length === 1 && write(d);
    d.addEventListener('toggle', opened);
    opened();
  });

  // dashed makes a legend show lines as they are drawn.
  const dashed = {
    pointStyleWidth: 32,
    generateLabels: (chart) => Chart.defaults.plugins.legend.labels.generateLabels(chart).map((l) => ({
      ...l, pointStyle: 'line', lineDash: chart.data.datasets[l.datasetIndex].borderDash, lineWidth: 2, strokeStyle: chart.data.datasets[l.datasetIndex].borderColor,
    })),
  };

  let shown = [];
  const draw = () => {
    shown.forEach((c) => c.destroy());
    shown = [];
    document.querySelectorAll('[data-chart]').forEach((box) => {
      const c = charts[box.dataset.chart]();
      const canvas = document.createElement('canvas');
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', c.label + '. The same figures are in the table below.');
      box.replaceChildren(canvas);
      const chart = new Chart(canvas, {
        type: 'line',
        data: { datasets: c.datasets },
        options: {
          animation: false, responsive: true, maintainAspectRatio: false,
          ...(c.plane ? {} : { parsing: false, normalized: true }), // only time is in order
          interaction: { mode: 'nearest', axis: c.plane ? 'xy' : 'x', intersect: false },
          scales: { x: c.x, y: c.y },
          plugins: {
            legend: { align: 'start', labels: { color: colour('ink'), padding: 16, usePointStyle: true, ...(c.points ? {} : dashed) } },
            tooltip: {
              backgroundColor: colour('ink'), titleColor: colour('paper'), bodyColor: colour('paper'), usePointStyle: true,
              filter: (p, i) => !p.dataset.mark && i < 6,
              callbacks: { title: (ps) => (ps.length ? c.head(ps[0]) : ''), label: c.tip },
            },
          },
        },
      });
      shown.push(chart);
      // What lies on the paper, for a test to count.
      const { left, right, top, bottom } = chart.chartArea;
      const inside = (p) => p.x >= left - 1 && p.x <= right + 1 && p.y >= top - 1 && p.y <= bottom + 1;
      box.dataset.drawn = c.datasets.reduce((n, _, i) => n + chart.getDatasetMeta(i).data.filter(inside).length, 0);
    });
  };

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  const paper = (on) => () => {
    document.documentElement.classList.toggle('paper', on);
    draw();
  };
  addEventListener('beforeprint', paper(true));
  addEventListener('afterprint', paper(false));
})();
