{{- define "askwatt.labels" -}}
app.kubernetes.io/name: askwatt
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "askwatt.selector" -}}
app.kubernetes.io/name: askwatt
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "askwatt.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.images.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "askwatt.container" -}}
imagePullPolicy: {{ .Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "askwatt.settings" -}}
- {name: ENVIRONMENT, value: production}
- {name: LOG_FORMAT, value: json}
{{- range $name, $value := omit .Values.settings "ALLOWED_HOSTS" }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "askwatt.database" -}}
- name: DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.name }}, key: {{ .Values.secrets.databaseUrl }}}}
{{- end }}

{{- define "askwatt.redis" -}}
- name: REDIS_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.name }}, key: {{ .Values.secrets.redisUrl }}}}
{{- end }}

{{- /* Each name under which browsers, meters and Prometheus reach the gateways; others get 421. */}}
{{- define "askwatt.hosts" -}}
{{- $service := printf "%s-gateway" .Release.Name }}
{{- $local := printf "%s.%s.svc" $service .Release.Namespace }}
{{- $hosts := list $service (printf "%s.%s" $service .Release.Namespace) $local (printf "%s.cluster.local" $local) }}
{{- if .Values.ingress.enabled }}
{{- $hosts = prepend $hosts .Values.ingress.host }}
{{- end }}
{{- with .Values.settings.ALLOWED_HOSTS }}
{{- $hosts = prepend $hosts . }}
{{- end }}
{{- join "," $hosts }}
{{- end }}

{{- /* Whether workers download their model: neither the bundled one nor a folder. */}}
{{- define "askwatt.hub" -}}
{{- $model := .Values.settings.MODEL_NAME | default "bundled" }}
{{- if not (or (eq $model "bundled") (hasPrefix "/" $model)) }}yes{{ end }}
{{- end }}
