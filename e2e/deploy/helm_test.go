package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type object = map[string]any

// chart renders the Helm chart with text/template and sprig, which is what Helm's templates are made of, and gives the
// objects by kind and name. Helm itself runs in CI.
func chart(t *testing.T, change func(values object)) (map[string]object, error) {
	t.Helper()
	var values object
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "deploy/helm/parley/values.yaml")), &values))
	change(values)

	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(sprig.TxtFuncMap()).Funcs(template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out strings.Builder
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"required": func(message string, value any) (any, error) {
			if value == nil || value == "" {
				return nil, errors.New(message)
			}
			return value, nil
		},
		"toYaml": func(value any) (string, error) {
			out, err := yaml.Marshal(value)
			return strings.TrimSuffix(string(out), "\n"), err
		},
	})
	_, err := all.ParseGlob(filepath.Join(root, "deploy/helm/parley/templates/*"))
	require.NoError(t, err)
	files, err := os.ReadDir(filepath.Join(root, "deploy/helm/parley/templates"))
	require.NoError(t, err)
	objects := map[string]object{}
	for _, f := range files {
		var out bytes.Buffer
		data := object{"Values": values, "Release": object{"Name": "talk", "Namespace": "chat"}}
		if err := all.ExecuteTemplate(&out, f.Name(), data); err != nil {
			return nil, err
		}
		for documents := yaml.NewDecoder(&out); ; {
			var o object
			err := documents.Decode(&o)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, "%s is not YAML:\n%s", f.Name(), out.String())
			if o != nil {
				objects[fmt.Sprint(o["kind"], " ", at(o, "metadata", "name"))] = o
			}
		}
	}
	return objects, nil
}

// at walks down maps and, by number, lists; nil where there is nothing.
func at(o any, path ...any) any {
	for _, step := range path {
		switch here := o.(type) {
		case object:
			key, _ := step.(string)
			o = here[key]
		case []any:
			i, ok := step.(int)
			if !ok || i >= len(here) {
				return nil
			}
			o = here[i]
		default:
			return nil
		}
	}
	return o
}

func filled(t *testing.T) func(object) {
	return func(values object) {
		maps.Copy(values["secret"].(object), object{"databaseUrl": "mongodb://m/parley", "redisUrl": "redis://r", "jwtKeys": "k1:secret"})
		values["nginx"].(object)["config"] = read(t, "nginx.conf")
		values["ingress"].(object)["enabled"] = true
		values["serviceMonitor"].(object)["enabled"] = true
	}
}

func TestChartObjects(t *testing.T) {
	objects, err := chart(t, filled(t))
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"Secret talk-parley", "ConfigMap talk-nginx",
		"Deployment talk-api", "Deployment talk-gateway", "Deployment talk-nginx",
		"Service talk-api", "Service talk-gateway", "Service talk",
		"PodDisruptionBudget talk-api", "PodDisruptionBudget talk-gateway", "PodDisruptionBudget talk-nginx",
		"HorizontalPodAutoscaler talk-api", "HorizontalPodAutoscaler talk-gateway",
		"Ingress talk", "ServiceMonitor talk-api", "ServiceMonitor talk-gateway",
	}, slices.Collect(maps.Keys(objects)))

	config, _ := at(objects["ConfigMap talk-nginx"], "data", "nginx.conf").(string)
	require.Contains(t, config, "server talk-api.chat.svc.cluster.local:8081 resolve")
	require.Contains(t, config, "server talk-gateway.chat.svc.cluster.local:8082 resolve")
	require.Contains(t, config, "resolver kube-dns.")
}

func TestChartPodsAreHardened(t *testing.T) {
	objects, err := chart(t, filled(t))
	require.NoError(t, err)
	known := settings(t)
	for name, o := range objects {
		if !strings.HasPrefix(name, "Deployment") {
			continue
		}
		pod := at(o, "spec", "template", "spec")
		container := at(pod, "containers", 0)
		require.Equal(t, at(o, "spec", "selector", "matchLabels"), at(o, "spec", "template", "metadata", "labels"), name)
		require.Equal(t, true, at(pod, "securityContext", "runAsNonRoot"), name)
		require.Equal(t, true, at(container, "securityContext", "readOnlyRootFilesystem"), name)
		require.NotNil(t, at(container, "readinessProbe"), name)
		require.NotNil(t, at(container, "livenessProbe"), name)
		require.NotNil(t, at(container, "resources", "limits", "memory"), name)
		env, _ := at(container, "env").([]any)
		for _, e := range env {
			require.Contains(t, known, at(e, "name"), name)
		}
	}
	gateway := at(objects["Deployment talk-gateway"], "spec", "template", "spec")
	require.Greater(t, at(gateway, "terminationGracePeriodSeconds"), 60, "longer than the drain")
	require.Contains(t, fmt.Sprint(at(gateway, "containers", 0, "lifecycle", "preStop")), "/drain")
}

func TestChartRefusesToGuess(t *testing.T) {
	for _, missing := range []string{"databaseUrl", "redisUrl", "jwtKeys"} {
		_, err := chart(t, func(values object) {
			filled(t)(values)
			values["secret"].(object)[missing] = ""
		})
		require.ErrorContains(t, err, missing)
	}
	objects, err := chart(t, func(values object) {
		filled(t)(values)
		values["secret"] = object{"existing": "mine"}
	})
	require.NoError(t, err)
	require.NotContains(t, objects, "Secret talk-parley")
	require.Equal(t, "mine", at(objects["Deployment talk-api"], "spec", "template", "spec", "containers", 0, "envFrom", 0, "secretRef", "name"))
}
