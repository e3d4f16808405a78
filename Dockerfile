FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /out/sapar ./cmd/sapar && mkdir /out/data

# Nothing but the program, which brings its time zones, and the certificates it checks carriers by.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/sapar /sapar
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV SAPAR_DATA=/data
VOLUME /data
ENTRYPOINT ["/sapar"]
CMD ["serve"]
