{{- define "rollctl.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "rollctl.leases" -}}
{{- $name := include "rollctl.name" . -}}
{{ $name }}
{{- if gt (int .Values.shards) 1 -}}
{{- range $number := until (int .Values.shards) -}}
, {{ $name }}-seat-{{ $number }}, {{ $name }}-shard-{{ $number }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "rollctl.account" -}}
{{- .Values.serviceAccount.name | default (include "rollctl.name" .) -}}
{{- end -}}

{{- define "rollctl.selector" -}}
app.kubernetes.io/name: rollctl
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "rollctl.labels" -}}
{{ include "rollctl.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "rollctl.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "rollctl.granted" -}}
{{- if .Values.dryRun }}{{ include "rollctl.rules.dryRun" . }}{{ else }}{{ include "rollctl.rules" . }}{{ end -}}
{{- end -}}

{{- define "rollctl.subject" -}}
- kind: ServiceAccount
  name: {{ include "rollctl.account" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "rollctl.policies" -}}
{{- .Values.existingPolicies | default (printf "%s-policies" (include "rollctl.name" .)) -}}
{{- end -}}

{{- define "rollctl.scheme" -}}
{{- if .Values.tls.secret }}https{{ else }}http{{ end -}}
{{- end -}}

{{- define "rollctl.endpoint" -}}
port: http
path: /metrics
interval: 30s
{{- if .Values.tls.secret }}
scheme: https
tlsConfig:
  serverName: {{ .Values.tls.serverName | default (printf "%s.%s.svc" (include "rollctl.name" .) .Release.Namespace) }}
  ca: {secret: {name: {{ .Values.tls.secret }}, key: ca.crt}}
{{- end }}
{{- end -}}
