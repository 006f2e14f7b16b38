// Throws, and the caller gets type, message and stack; own members such as `code` are in the log only.
export const handler = async () => {
  throw Object.assign(new TypeError('this function always fails'), { code: 'E_EXAMPLE' });
};
