/** What workers use of prom-client: a module of its own, which the build puts into the package with the library in it. */
export { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
