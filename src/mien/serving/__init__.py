"""The server: pictures and streams of frames in, faces as JSON out, and the camera's page.

`run` starts it, `app` puts it together from the `api`, the `stream` and the `pages`, `guards`
decides who may ask, and `workers` and `batching` do the reading. It needs the extra ``serve``.
"""
