/** What OHIF finds when it starts: where its files and the images are. Loaded before it by the page of this node. */

const files = document.currentScript.dataset.files;
window.PUBLIC_URL = files;
window.browserImportFunction = (path) => import(path.startsWith("/") ? files + path.slice(1) : path);

window.config = {
  routerBasename: "/ohif",
  extensions: [],
  modes: [],
  customizationService: {},
  showStudyList: true,
  maxNumberOfWebWorkers: Math.min(4, navigator.hardwareConcurrency || 2),
  showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: true,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  maxNumRequests: { interaction: 16, thumbnail: 4, prefetch: 8 },
  showErrorDetails: "always",
  defaultDataSourceName: "overread",
  dataSources: [
    {
      namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
      sourceName: "overread",
      configuration: {
        friendlyName: "Overread",
        name: "overread",
        qidoRoot: "/dicom-web",
        wadoRoot: "/dicom-web",
        wadoUriRoot: "/dicom-web",
        qidoSupportsIncludeField: true,
        imageRendering: "wadors",
        thumbnailRendering: "thumbnail",
        thumbnailRequestStrategy: "fetch",
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        staticWado: false,
        singlepart: "bulkdata,pdf",
        omitQuotationForMultipartRequest: false,
        bulkDataURI: { enabled: true },
      },
    },
  ],
  httpErrorHandler: (error) => {
    if (error.status === 401) {
      const here = window.location.pathname + window.location.search;
      window.location.assign(`/?expired=true&next=${encodeURIComponent(here)}`);
    }
  },
};
