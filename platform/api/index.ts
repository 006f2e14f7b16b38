/** Public surface of `platform/api`: the error vocabulary of the platform's HTTP API. */
export {
  API_ERRORS,
  ApiError,
  THROTTLE_REASONS,
  renderApiError,
  unforeseen,
  type ApiErrorExtra,
  type ApiErrorName,
  type ApiErrorShape,
  type RenderedReply,
  type ThrottleReason,
} from './errors.ts';
