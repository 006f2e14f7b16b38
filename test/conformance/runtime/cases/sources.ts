/** The documents that the cases about runtimes cite, beside those of the server's cases. */
export { CUSTOM_RUNTIMES, ENVIRONMENT, LIFECYCLE, MANAGED_INSTANCES, OPEN_API, RECORDED_ENVIRONMENT, RUNTIME_API, SNAPSTART, STREAMING, EXTENSIONS_API } from '../../cases/sources.ts';

export const NODE_CLIENT = 'aws/aws-lambda-nodejs-runtime-interface-client src';
export const PYTHON_CLIENT = 'aws/aws-lambda-python-runtime-interface-client awslambdaric';
export const JAVA_CLIENT = 'aws/aws-lambda-java-libs aws-lambda-java-runtime-interface-client';
export const GO_CLIENT = 'aws/aws-lambda-go lambda/runtime_api_client.go';
export const RUST_CLIENT = 'awslabs/aws-lambda-rust-runtime lambda-runtime/src';
export const CPP_CLIENT = 'awslabs/aws-lambda-cpp src/runtime.cpp';
/** A property that users need and no document speaks about. */
export const QUALITY = 'quality requirement of this suite, derived from reports of users';
