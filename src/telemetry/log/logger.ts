/** The logger: pino, one line for each entry, ISO time. All fields pass loggable.ts first; no option disables it. */
import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { loggableFields } from './loggable.ts';
import { formatLogLine } from './text-format.ts';

export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

export interface Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** A logger that adds these fields to each line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export const logFormats = ['json', 'text'] as const;

export type LogLevel = (typeof logLevels)[number];
export type LogFormat = (typeof logFormats)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Destination of log lines. Default: standard output, written synchronously, so that no line is lost at the end of the process. */
  readonly stream?: DestinationStream;
}

/** Messages are constant and lower case. Variable parts are fields: `log.info({ namespace, name }, 'secret written')`. */
export function createLogger({ level, format, stream = destination({ fd: 1, sync: true }) }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: loggableFields },
    // Errors are plain data before serializers get them.
    serializers: { err: (err: unknown) => err },
  };
  return new GuardedLogger(pino(options, format === 'text' ? asText(stream) : stream));
}

/** pino applies no formatter to the fields of child loggers and lets them replace formatters, so only this class makes child loggers. */
class GuardedLogger implements Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly #pino: PinoLogger;

  constructor(logger: PinoLogger) {
    this.#pino = logger;
    this.trace = logger.trace.bind(logger);
    this.debug = logger.debug.bind(logger);
    this.info = logger.info.bind(logger);
    this.warn = logger.warn.bind(logger);
    this.error = logger.error.bind(logger);
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new GuardedLogger(this.#pino.child(loggableFields(fields)));
  }
}

function asText(stream: DestinationStream): DestinationStream {
  return {
    write(line) {
      stream.write(`${formatLogLine(line)}\n`);
    },
  };
}
